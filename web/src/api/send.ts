/**
 * What every button does during a request: it is busy, it shows the refusal, and a repeat after a lost
 * connection carries the same command id, so that the server applies it once.
 */
import { computed, ref } from 'vue'
import { ApiError, newId } from './client'

export function useSend() {
  const busy = ref(false)
  const error = ref<ApiError | null>(null)
  let pending: string | null = null

  async function send<T>(work: (commandId: string) => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    error.value = null
    pending ??= newId()
    try {
      const answer = await work(pending)
      pending = null
      return answer
    } catch (caught) {
      error.value = caught instanceof ApiError ? caught : new ApiError(0, 'unexpected', String(caught))
      if (error.value.code !== 'network') pending = null
      return undefined
    } finally {
      busy.value = false
    }
  }

  /** The server's sentence for one field, if the refusal names it. */
  const fieldError = computed(() => {
    const byField = new Map((error.value?.errors ?? []).map((one) => [one.field, one.message]))
    return (field: string): string => byField.get(field) ?? ''
  })

  function clear(): void {
    error.value = null
  }

  return { send, busy, error, fieldError, clear }
}
