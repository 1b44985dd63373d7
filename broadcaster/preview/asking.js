// Asking the preview: what it answers, or the trouble in the editor's words.

import { say } from "./saying.js";

// What cannot be had: a sentence, and what the channel says of it in its own.
export class Trouble extends Error {
  constructor(words, detail = "") {
    super(words);
    this.detail = detail;
  }
}

// What an answer that is none says: a line for the editor, then one for whoever helps.
export function troubleOf(text) {
  const [words, ...rest] = text.trim().split("\n");
  return new Trouble(words || say("The preview does not say what went wrong."), rest.join("\n"));
}

export const cutOff = () => new Trouble(say("Connection lost: the preview does not answer. See whether the channel still runs, then press any key of the remote to try again."));

// The answer's address and JSON. Throws Trouble.
export async function ask(url) {
  let answer, text;
  try {
    answer = await fetch(url);
    text = await answer.text();
  } catch { throw cutOff(); }
  if (!answer.ok) { throw troubleOf(text); }
  return { url: answer.url, told: JSON.parse(text) };
}
