// Asking the preview: what it answers, or the trouble in the editor's words.

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
  return new Trouble(words || "预览没有说出了什么错。", rest.join("\n"));
}

export const cutOff = () => new Trouble("连接中断：预览没有回答。请看频道是不是还在运行，再按遥控器任意键重试。");

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
