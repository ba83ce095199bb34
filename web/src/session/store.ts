/** Who is signed in, in which city, with which rights, and what time the business has. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, server, told } from '@/api/client'
import type { SessionView } from '@/api/schema'

export const useSession = defineStore('session', () => {
  const view = ref<SessionView | null>(null)
  const asked = ref(false)
  let skew = 0

  function take(next: SessionView | null): void {
    view.value = next
    asked.value = true
    skew = next ? new Date(next.now).getTime() - Date.now() : 0
  }

  async function load(): Promise<void> {
    try {
      take(await told(server.GET('/api/session')))
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) take(null)
      else throw error
    }
  }

  /** The business moment: the server's clock carried on by the browser, or standing still when it is fixed. */
  function now(): string {
    if (view.value?.clock === 'fixed') return view.value.now
    return new Date(Date.now() + skew).toISOString()
  }

  const rights = computed(() => new Set(view.value?.rights ?? []))
  const may = (right: string): boolean => rights.value.has(right)
  const signedIn = computed(() => view.value !== null)

  return { view, asked, signedIn, take, load, now, may }
})
