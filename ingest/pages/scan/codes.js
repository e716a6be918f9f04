// What the device can tell of a code on its own: which of the four formats it is, and whose it says
// it is. It never tells whether somebody may enter: only the centre knows that.
// Formats: 1405/QĐ-BTTTT (personal QR), Circular 06/2021/TT-BCA (citizen card), the health-insurance
// card, and the vaccine passport (HC1, as the EU's DCC).

const KEY = /^ioc_[\w-]{16,}$/;
const PERSONAL = /^[^|]{5,20}\|[^|]+\|[\d*]{4}-[\d*]{2}-[\d*]{2}\|/;
const CITIZEN = /^\d{12}\|(?:\d{9}|)\|[^|]+\|\d{8}\|/;
const CITIZEN_SHORT = /^\d{12}\|[^|]+\|\d{8}\|/;
const INSURANCE = /^(?:[A-Z]{2}\d{13}|\d{10})\|(?:[0-9A-Fa-f]{2})+\|/;
const PASSPORT = /^HC1:[0-9A-Z $%*+\-./:]+$/;

/** Tell a device key from a card: it must never be kept or sent as one. */
export function isKey(code) {
  return KEY.test(code);
}

/** Return {format, name, number}: what a code says; `format` is "unknown" where nothing fits. */
export function describe(code) {
  const fields = code.split("|");
  if (PERSONAL.test(code)) return says("personal", fields[1], fields[0]);
  if (CITIZEN.test(code)) return says("citizen", fields[2], fields[0]);
  if (CITIZEN_SHORT.test(code)) return says("citizen", fields[1], fields[0]);
  if (INSURANCE.test(code)) return says("insurance", fromHex(fields[1]), fields[0]);
  if (PASSPORT.test(code)) return says("passport", "", "");
  return says("unknown", "", "");
}

function says(format, name, number) {
  return { format, name: name.trim(), number: masked(number) };
}

/** Hide the first six characters, as Decision 1405 has it. */
function masked(number) {
  return number ? "******" + number.slice(6) : "";
}

function fromHex(text) {
  const bytes = text.match(/../g).map((pair) => parseInt(pair, 16));
  return new TextDecoder().decode(new Uint8Array(bytes));
}
