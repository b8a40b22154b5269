"use strict";
(() => {
  const table = document.getElementById("certificates");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const input = document.getElementById("filter");
  const shown = document.getElementById("shown");

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      count += row.hidden ? 0 : 1;
    }
    shown.value = `${count} of ${rows.length} certificates`;
  }

  function sort(header, column) {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent;
    const sign = down ? -1 : 1;
    rows.sort((a, b) => sign * text(a).localeCompare(text(b), "en", { numeric: true }));
    body.append(...rows);
  }

  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => sort(header, column));
  });
  input.addEventListener("input", filter);
  filter();
})();
