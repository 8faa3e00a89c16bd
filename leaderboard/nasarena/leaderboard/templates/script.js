"use strict";
// What the pages do beyond being read: they are complete without it.
(() => {
{% include "elements.js" %}
{% include "tables.js" %}
{% include "figures.js" %}
{% include "statistics.js" %}
{% include "choice.js" %}
{% include "view.js" %}
{% include "compare.js" %}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll("table.filterable").forEach(makeFilterable);
document.querySelectorAll("figure").forEach(makeReadable);
document.querySelectorAll("#compare-data").forEach(makeComparable);
})();
