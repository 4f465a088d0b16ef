// An answer that is still being written. Offsets count Unicode code points; JavaScript strings count UTF-16 units.

export class Answer {
  text = "";
  length = 0; // of `text`, in code points

  constructor(id, run, attempt) {
    this.id = id;
    this.run = run;
    this.attempt = attempt;
  }

  /** A new attempt replaces what the lost one said. */
  restart(attempt) {
    if (attempt <= this.attempt) return;
    Object.assign(this, { attempt, text: "", length: 0 });
  }

  /**
   * Cut at `offset` and append: a repeated delta changes nothing.
   * @returns {boolean} false when text between ours and the delta's is missing
   */
  apply({ attempt, offset, text }) {
    if (attempt < this.attempt) return true;
    this.restart(attempt);
    if (offset > this.length) return false;
    const kept = offset === this.length ? this.text : this.text.slice(0, units(this.text, offset));
    this.text = kept + text;
    this.length = offset + points(text);
    return true;
  }
}

function points(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** How many UTF-16 units the first `count` code points take. */
function units(text, count) {
  let index = 0;
  for (; count > 0; count -= 1) index += text.codePointAt(index) > 0xffff ? 2 : 1;
  return index;
}
