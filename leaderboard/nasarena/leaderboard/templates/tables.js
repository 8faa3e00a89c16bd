const ROWS_WORTH_A_FILTER = 6;
const WORDS = new Intl.Collator("en", { numeric: true });

// Headers become buttons that sort by their column. The event "rows" says that rows are new.
function makeSortable(table) {
  let sorted = null;
  const headers = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const sortBy = (header, direction) => {
    sorted?.removeAttribute("aria-sort");
    sorted = header;
    sorted.setAttribute("aria-sort", direction);
    for (const body of table.tBodies) sortRows(body, header.cellIndex, direction);
  };
  for (const header of headers.filter((cell) => cell.textContent.trim())) {
    const button = element("button", { type: "button", class: "sort" }, ...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const again = sorted === header && header.getAttribute("aria-sort") === "ascending";
      sortBy(header, again ? "descending" : "ascending");
    });
  }
  table.addEventListener("rows", () => {
    if (sorted) sortBy(sorted, sorted.getAttribute("aria-sort"));
  });
}

function sortRows(body, column, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  const rows = [...body.rows].map((row) => ({ row, value: valueOf(row.cells[column]) }));
  rows.sort((one, other) => {
    // What is not known comes last, whatever the direction.
    if (one.value === null || other.value === null) {
      return (one.value === null) - (other.value === null);
    }
    const bothNumbers = typeof one.value === "number" && typeof other.value === "number";
    const order = bothNumbers
      ? one.value - other.value
      : WORDS.compare(String(one.value), String(other.value));
    return sign * order;
  });
  body.append(...rows.map(({ row }) => row));
}

// The number in data-value, else the text; null for nothing.
function valueOf(cell) {
  const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
  if (text === "" || text === "\u2014") return null;
  const number = cell.dataset.value === undefined ? NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}

// A field above the table leaves the rows that have all the words typed into it.
function makeFilterable(table) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  if (rows.length < ROWS_WORTH_A_FILTER) return;
  const field = element("input", { type: "search", spellcheck: "false", autocomplete: "off" });
  const count = element("output", {});
  const label = element("label", {}, "Filter rows ", field);
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = (row.dataset.filter ?? row.textContent).toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      left += !row.hidden;
    }
    count.textContent = words.length ? `${left} of ${rows.length} rows` : "";
  };
  field.addEventListener("input", filter);
  const place = table.closest(".scroll") ?? table;
  place.before(element("p", { class: "filter" }, label, " ", count));
}
