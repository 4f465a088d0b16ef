// Times as a reader wants them: the hour beside a message, the day between days.

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const second = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const UNITS = [
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export const clock = {
  hour: (time) => hour.format(new Date(time)),
  second: (time) => second.format(new Date(time)),
  full: (time) => full.format(new Date(time)),
  /** A day of another year, perhaps one to come. */
  date: (time) => date.format(new Date(time)),
  /** How long it is since, in the unit that says most. */
  ago(time) {
    const seconds = (Date.now() - new Date(time)) / 1000;
    const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? [null, 0];
    return unit === null ? "just now" : relative.format(-Math.floor(seconds / size), unit);
  },
  /** The hour today, the date on other days. */
  brief: (time) => (daysAgo(time) === 0 ? hour : short).format(new Date(time)),
  day: (time) => (daysAgo(time) < 2 ? capital(relative.format(-daysAgo(time), "day")) : day.format(new Date(time))),
};

function daysAgo(time) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.max(0, Math.round((midnight(Date.now()) - midnight(time)) / 86_400_000));
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
