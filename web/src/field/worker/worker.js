/**
 * Keeps the field face on the phone: its page, scripts and styles, of this build and none besides. Never anything of /api.
 * `__FILES__` and `__BUILD__` are put in by the build.
 */
const NAME = 'yipanqi-field-__BUILD__'
const FILES = __FILES__

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  const clear = (names) => Promise.all(names.filter((name) => name.startsWith('yipanqi-field-') && name !== NAME).map((name) => caches.delete(name)))
  event.waitUntil(caches.keys().then(clear).then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api')) return
  const page = event.request.mode === 'navigate' && (url.pathname === '/m' || url.pathname.startsWith('/m/'))
  if (!page && !FILES.includes(url.pathname)) return
  event.respondWith(caches.open(NAME).then((cache) => cache.match(page ? '/m' : url.pathname)).then((kept) => kept ?? fetch(event.request)))
})
