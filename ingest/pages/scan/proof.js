// Whether a card was signed by this centre: the one thing about it that a device can prove alone.
// A personal QR ends in 86 characters of base64url, the Ed25519 signature of the text before them.

const SIGNED = /^(.*[|<])([A-Za-z0-9_-]{86})(?:==)?$/s;

/**
 * Return a function that tells of a code "ours", "not_ours" or "unsigned"; "unknown" where this
 * browser knows no Ed25519 or the key is missing.
 */
export async function prover() {
  const key = await signer().catch(() => null);
  return async (code) => {
    const [, content, signature] = SIGNED.exec(code) ?? [];
    if (!signature) return "unsigned";
    if (!key) return "unknown";
    const sealed = fromBase64(signature.replaceAll("-", "+").replaceAll("_", "/") + "==");
    const text = new TextEncoder().encode(content);
    return (await crypto.subtle.verify("Ed25519", key, sealed, text)) ? "ours" : "not_ours";
  };
}

async function signer() {
  const { signer: text } = await (await fetch("/scan/centre.json")).json();
  return crypto.subtle.importKey("raw", fromBase64(text), "Ed25519", false, ["verify"]);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
