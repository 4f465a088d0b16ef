// What to call a device: as its sign-in did, or else by what its browser says of itself. Nothing depends on it.

const GIVEN_BY_PAGES = new Set(["", "browser", "admin"]); // not chosen by anybody
const BROWSERS = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser", "Samsung Internet"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["Chrome", "Chrome"],
  ["CriOS", "Chrome"],
  ["Safari", "Safari"],
];
const SYSTEMS = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
];

export function deviceName({ device, user_agent: agent }) {
  if (!GIVEN_BY_PAGES.has(device)) return device;
  const known = [named(BROWSERS, agent), named(SYSTEMS, agent)].filter(Boolean);
  return known.join(" on ") || agent.split(/[/ ]/, 1)[0] || "Unknown device";
}

function named(table, agent) {
  return table.find(([mark]) => agent.includes(mark))?.[1];
}
