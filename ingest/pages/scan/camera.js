// Codes before the device's camera: by the browser's own detector where it has one for QR codes,
// else by the decoder that is shipped with this page (vendor/, loaded only then).

const LOOK_MS = 90;
// The same code is one scan until it has been out of sight for this long.
const AGAIN_MS = 2_000;
const WIDTH = 1280;
const HEIGHT = 720;

/**
 * Show the camera in `video` and call `onCode(text)` for each code that comes into sight.
 * Returns a function that ends it. Throws what `getUserMedia` throws (no camera, no leave).
 */
export async function watch(video, onCode) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: WIDTH }, height: { ideal: HEIGHT } },
  });
  video.srcObject = stream;
  await video.play();
  const read = await reader();
  let isOver = false;
  let [seen, at] = ["", 0];

  (async () => {
    while (!isOver) {
      const began = performance.now();
      const code = video.videoWidth ? await read(video).catch(() => "") : "";
      const now = performance.now();
      if (code && !isOver && (code !== seen || now - at > AGAIN_MS)) onCode(code);
      if (code) [seen, at] = [code, now];
      await new Promise((next) => setTimeout(next, Math.max(0, LOOK_MS - (now - began))));
    }
  })();
  return () => {
    isOver = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}

/** Return a function that reads one code from a video, "" where there is none. */
async function reader() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  return formats.includes("qr_code") ? native() : shipped();
}

function native() {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
}

async function shipped() {
  const decoder = await loaded();
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, 0, 0);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const options = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };
    return (await decoder.readBarcodes(picture, options))[0]?.text ?? "";
  };
}

async function loaded() {
  if (!globalThis.ZXingWASM) {
    const script = document.createElement("script");
    script.src = "/scan/vendor/zxing-reader.js";
    await new Promise((resolve, reject) => {
      [script.onload, script.onerror] = [resolve, reject];
      document.head.append(script);
    });
    // Its own default asks a public address for the engine: it stands beside it here.
    const locateFile = (file) => `/scan/vendor/${file}`;
    globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile } });
  }
  return globalThis.ZXingWASM;
}
