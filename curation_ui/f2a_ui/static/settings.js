// Tile size and theme, stored in this browser.

/** Connect a select element to one stored setting. */
function remembered(select, use) {
  const key = `f2a-review-${select.id}`;
  select.value = localStorage.getItem(key) ?? select.value;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  select.addEventListener("change", () => {
    localStorage.setItem(key, select.value);
    use(select.value);
  });
  use(select.value);
}

export function settings(grid) {
  remembered(document.getElementById("theme"), (theme) => { document.documentElement.dataset.theme = theme; });
  remembered(document.getElementById("size"), (size) => grid.resizeTo(Number(size)));
}
