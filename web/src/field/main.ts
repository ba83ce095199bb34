import { createPinia } from 'pinia'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { ApiError } from '@/api/client'
import '@/app/theme/tokens.css'
import '@/app/theme/console.css'
import '@/app/theme/field.css'
import { i18n, startLanguage } from '@/i18n'
import { useSession, whenAnother } from '@/session/store'
import { wearLarge } from './face'
import FieldApp from './FieldApp.vue'
import { makeRouter } from './router'

await startLanguage()
wearLarge()
const app = createApp(FieldApp)
const pinia = createPinia()
const client = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, networkMode: 'always', refetchOnWindowFocus: false, retry: (count, error) => count < 1 && error instanceof ApiError && error.status >= 500 },
  },
})
app.use(pinia).use(i18n).use(VueQueryPlugin, { queryClient: client }).use(makeRouter(() => useSession(pinia)))
app.mount('#app')
// What is being entered is kept as a draft of whoever entered it.
whenAnother(() => location.assign('/m'))
// Without a worker (a browser inside a chat application) everything works as long as there is a network.
if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('/m-worker.js', { scope: '/m' }).catch(() => undefined)
