import { VueQueryPlugin, QueryClient } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { ApiError, whenSignedOut } from './api/client'
import App from './app/App.vue'
import { makeRouter } from './app/router'
import './app/theme/tokens.css'
import './app/theme/console.css'
import { i18n, startLanguage } from './i18n'
import { useSession } from './session/store'

await startLanguage()
const app = createApp(App)
const pinia = createPinia()
const router = makeRouter(() => useSession(pinia))
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
})
whenSignedOut(() => {
  const session = useSession(pinia)
  if (!session.signedIn) return
  session.take(null)
  client.clear()
  void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
})
app.use(pinia).use(i18n).use(VueQueryPlugin, { queryClient: client }).use(router)
app.mount('#app')
