// Keeps the page on the device: it opens with no network, and always as one whole version.
// VERSION and FILES are written above this by the centre (ingest/routes/scan_page.py).

const CACHE = `ioc-scan-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      const old = names.filter((name) => name.startsWith("ioc-scan-") && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  const isOurs = origin === location.origin && (pathname === "/scan" || pathname.startsWith("/scan/"));
  if (method !== "GET" || !isOurs) return;
  event.respondWith(
    (async () => (await caches.match(pathname, { cacheName: CACHE })) ?? fetch(event.request))(),
  );
});
