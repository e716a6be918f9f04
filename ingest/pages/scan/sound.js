// Three sounds that no ear confuses, made here: two rising notes admit, one low long note does not,
// one short tick says that a scan was kept and nobody has checked it.

const TONES = {
  admit: { type: "sine", notes: [[880, 0.09], [1320, 0.16]] },
  deny: { type: "square", notes: [[196, 0.55]] },
  kept: { type: "triangle", notes: [[587, 0.06]] },
};
const LOUDNESS = 0.25;
let context = null;

/** Browsers keep still until a person touched the page: call this on the first touch or key. */
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

/** Play the tone of an answer; the page says which one it was for whoever cannot hear it. */
export function play(name) {
  document.body.dataset.tone = name;
  navigator.vibrate?.(name === "deny" ? [200, 80, 200] : 60);
  if (!context) return;
  const { type, notes } = TONES[name];
  let at = context.currentTime;
  for (const [hertz, seconds] of notes) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.type = type;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(LOUDNESS, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + seconds);
    at += seconds;
  }
}
