// Where one is stands in the address: #step=4&node=n1. Here the page begins.

function keep() {
  const said = [step ? `step=${step}` : "", chosen ? `node=${chosen}` : ""].filter(Boolean).join("&");
  try {
    history.replaceState(null, "", said ? `#${said}` : location.pathname);
  } catch {
    // a page inside another may have no address of its own
  }
}
function follow(address) {
  const asked = new URLSearchParams(address.slice(1));
  const key = asked.get("node");
  go(Number(asked.get("step")) || 0, {say: false});
  if (order.has(key) || constants[key]) choose(key);
}
on(window, "hashchange", () => follow(location.hash));
const opened = location.hash;
canvas.hidden = false;
measure();
see(at);
follow(opened);
