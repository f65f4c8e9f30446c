"""Why the rest of scipy.special cannot take a node, and what to write instead.

With the ops and the compositions of this package this covers every public function of ``scipy.special``; a test holds
it to that. The functions written in Python turn their arguments into arrays, so what refuses a node there is
``Node.__array__``, which looks the reason up by the caller's name.
"""

from __future__ import annotations

from compgraph.rules.composition import unsupported
from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import ANY, ufunc_behind

__all__: list[str] = []

special = scipy_special()


def _because(reason: str, names: str) -> None:
    """Write a reason down for functions by name; those that this version of SciPy does not have are passed over."""
    unsupported(reason, *[getattr(special, name) for name in names.split() if hasattr(special, name)])


# --------------------------------------------------------------------------------------------------- no real derivative

_because(
    "it returns complex numbers: write jv and yv of the same order, its real and its imaginary part",
    "hankel1 hankel1e hankel2 hankel2e h1vp h2vp",
)
_because("it returns complex numbers: write ber, bei, ker, kei and berp, beip, kerp, keip", "kelvin")
_because("it returns complex numbers: write scipy.special.fresnel", "modfresnelm modfresnelp")
_because("it returns complex numbers: on the imaginary axis it is erfcx, on the real one exp(-x**2) and dawsn", "wofz")
_because(
    "its real and imaginary parts are those of wofz, which has no rule for complex numbers; for sigma = 0 or gamma = 0 "
    "write the Cauchy or the normal density itself",
    "voigt_profile",
)
LAMBERT = "it returns complex numbers: the real branch for x > 0 is scipy.special.wrightomega(np.log(x))"
_because(LAMBERT, "lambertw")
unsupported(LAMBERT, ufunc_behind(special.lambertw, ANY))

# ------------------------------------------------------------------------------------------------------- no closed form

ZETA = "the derivative of the zeta function in its first argument has no closed form; zeta(n, node) has a derivative"
_because(ZETA, "zetac")
unsupported(ZETA, ufunc_behind(special.zeta, ANY))
_because(
    "it solves for the shape of a distribution, in which the distribution has no derivative in closed form",
    "bdtrik bdtrin btdtria btdtrib chdtriv chndtridf chndtrinc fdtridfd gdtrib nbdtrik nbdtrin ncfdtridfd ncfdtridfn "
    "ncfdtrinc nctdtridf nctdtrinc pdtrik stdtridf",
)
_because(
    "SciPy has no density of a non-central distribution that its derivative could be computed from",
    "chndtr chndtrix ncfdtr ncfdtri nctdtr nctdtrit",
)
_because(
    "its derivatives are series that SciPy does not offer; declare it with compgraph.primitive where they are needed",
    "besselpoly kolmogi kolmogorov smirnov smirnovi",
)
_because(
    "the derivatives of Carlson's integrals are singular combinations of each other where arguments are equal: "
    "write Legendre's ellipkinc and ellipeinc",
    "elliprc elliprd elliprf elliprg elliprj",
)
_because(
    "SciPy computes it to about seven digits, too few to check a rule by; its derivatives are airy's results: "
    "declare it with compgraph.primitive where it is needed",
    "itairy",
)
_because(
    "SciPy's derivatives of Mathieu and spheroidal functions end with the first, which is their second result: "
    "declare it with compgraph.primitive where it is needed",
    "mathieu_a mathieu_b mathieu_cem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2 mathieu_sem "
    "mathieu_even_coef mathieu_odd_coef obl_ang1 obl_ang1_cv obl_cv obl_cv_seq obl_rad1 obl_rad1_cv obl_rad2 "
    "obl_rad2_cv pro_ang1 pro_ang1_cv pro_cv pro_cv_seq pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv",
)

# ------------------------------------------------------------------- written in Python: a node cannot take part in them

_because("write compgraph.logsumexp(node, axis=...)", "logsumexp")
_because("write compgraph.softmax(node, axis=...)", "softmax")
_because("write compgraph.log_softmax(node, axis=...)", "log_softmax")
_because(
    "write scipy.special.digamma(node), or (-1)**(n + 1) * math.factorial(n) * scipy.special.zeta(n + 1, node)",
    "polygamma",
)
_because(
    "write sum(scipy.special.gammaln(node - j / 2) for j in range(d)) + d * (d - 1) / 4 * np.log(np.pi)", "multigammaln"
)
_because("write scipy.special.binom(n, k)", "comb")
_because("write scipy.special.poch(n - k + 1, k)", "perm")
_because("write scipy.special.gamma(node + 1)", "factorial")
_because("it is a function of whole numbers: give it node.value", "factorial2 factorialk stirling2 bernoulli euler")
_because("write np.sin(n * x / 2) / (n * np.sin(x / 2))", "diric")
_because("write np.sqrt(np.pi / (2 * x)) * scipy.special.jv(n + 0.5, x)", "spherical_jn")
_because("write np.sqrt(np.pi / (2 * x)) * scipy.special.yv(n + 0.5, x)", "spherical_yn")
_because("write np.sqrt(np.pi / (2 * x)) * scipy.special.iv(n + 0.5, x)", "spherical_in")
_because("write np.sqrt(np.pi / (2 * x)) * scipy.special.kv(n + 0.5, x)", "spherical_kn")
_because(
    "write scipy.special.eval_legendre(n, x), or lpmv(m, n, x)",
    "legendre_p legendre_p_all assoc_legendre_p assoc_legendre_p_all lpn lpmn clpmn lqn lqmn",
)
_because(
    "write it with lpmv(m, n, np.cos(theta)) and the cosine and sine of m * phi",
    "sph_harm sph_harm_y sph_harm_y_all sph_legendre_p sph_legendre_p_all",
)
_because("SciPy computes it from tables that take no nodes", "ellip_harm ellip_harm_2 ellip_normal")
if hasattr(special, "ellip_harm"):
    unsupported(
        "SciPy computes it from tables that take no nodes", ufunc_behind(special.ellip_harm, 1.0, 1.0, 1, 1, ANY)
    )
_because(
    "it computes a sequence for one plain number: write jv, yv, pbdv or pbvv of each order, and give it node.value",
    "lmbda pbdn_seq pbdv_seq pbvv_seq riccati_jn riccati_yn",
)
_because(
    "it makes a polynomial of a whole degree: write scipy.special.eval_... (n, node)",
    "chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre legendre sh_chebyt "
    "sh_chebyu sh_jacobi sh_legendre",
)
_because(
    "it makes a table of plain numbers: give it node.value where an argument is a node",
    "ai_zeros bei_zeros beip_zeros ber_zeros berp_zeros bi_zeros c_roots cg_roots erf_zeros fresnel_zeros "
    "fresnelc_zeros fresnels_zeros h_roots he_roots j_roots jn_zeros jnjnp_zeros jnp_zeros jnyn_zeros js_roots "
    "kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros l_roots la_roots p_roots ps_roots roots_chebyc "
    "roots_chebys roots_chebyt roots_chebyu roots_gegenbauer roots_genlaguerre roots_hermite roots_hermitenorm "
    "roots_jacobi roots_laguerre roots_legendre roots_sh_chebyt roots_sh_chebyu roots_sh_jacobi roots_sh_legendre "
    "s_roots t_roots ts_roots u_roots us_roots y0_zeros y1_zeros y1p_zeros yn_zeros ynp_zeros",
)
_because("it sets how SciPy reports errors", "errstate geterr seterr")
_because("it runs SciPy's own tests", "test")
