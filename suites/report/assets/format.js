// How the page writes numbers and makes elements. Texts of records reach the page through textContent alone, never as markup.
"use strict";

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== null) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function threeDigits(number) {
  if (number === 0) {
    return "0";
  }
  let magnitude = Math.floor(Math.log10(Math.abs(number)));
  magnitude += Math.round(Math.abs(number) / 10 ** (magnitude - 2)) >= 1000 ? 1 : 0; // 9.996 is 10.0
  return magnitude >= 3 ? Math.round(number).toLocaleString("en-US") : number.toFixed(Math.min(6, Math.max(0, 2 - magnitude)));
}

const percent = (number) => number.toFixed(2);
const signed = (number) => (number < 0 ? "\u2212" : "+") + Math.abs(number).toFixed(2);
const bytes = (number) => (number < 1e9 ? threeDigits(number / 1e6) + " MB" : (number / 1e9).toFixed(2) + " GB");
const millions = (number) => (number / 1e6).toFixed(1) + " M";
const probability = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));
const plural = (count, one, many) => count + " " + (count === 1 ? one : many || one + "s");

/** Each once, in the order of first sight. */
const distinct = (values) => [...new Set(values)];

/** What scores may be held against each other in: a task, its version, its split, its data. */
const boardOf = (row) => [row.task, row.task_version, row.split, row.data_sha256].join("\n");
const boardName = (row) => row.task + " " + row.split;
const headlineOf = (row) => Object.keys(row.metrics)[0];
const scoreOf = (row) => (headlineOf(row) === undefined ? null : row.metrics[headlineOf(row)].value);

const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
