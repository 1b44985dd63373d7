// The words of the channel's language, which the page hands over by their English messages; one that it lacks stands as
// it is.

const words = JSON.parse(document.body.dataset.words);

export function say(message, given = {}) {
  return (words[message] || message).replace(/\{(\w+)\}/g, (whole, name) => given[name] ?? whole);
}
