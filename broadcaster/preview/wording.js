// The words of a link, as long as a line has room for: a figure or a word is told as a whole or not at all.

const MOST = 72;

// A letter is one cell, a Han two.
const cells = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2fff" ? 2 : 1), 0);

// `cut` says that the text was cut before, wherever that was.
export function shortened(text, cut) {
  const parts = text.trim().match(/[!-~\u00a0-\u2fff]+|\s+|./gsu) || [];
  let room = MOST, kept = 0;
  while (kept < parts.length && cells(parts[kept]) <= room) { room -= cells(parts[kept++]); }
  if (kept === parts.length && !cut) { return parts.join(""); }
  return `${parts.slice(0, kept === parts.length ? kept - 1 : kept).join("").trim()}…`;
}
