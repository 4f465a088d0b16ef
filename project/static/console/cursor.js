// Cursors of a log: `<epoch>-<seq>`, and in the middle of an answer `<epoch>-<seq>~<message>.<attempt>.<offset>`.

/** @returns {{epoch: string, seq: number}} */
export function parse(cursor) {
  const [epoch, rest] = cursor.split("-", 2);
  return { epoch, seq: Number.parseInt(rest, 10) };
}

export function at(epoch, seq) {
  return `${epoch}-${Math.max(0, seq)}`;
}

export function within(cursor, answer) {
  return `${cursor}~${answer.id}.${answer.attempt}.${answer.length}`;
}
