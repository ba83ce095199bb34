/**
 * Words for the codes that the server sends: `term('state', 'rectifying')` is the entry `state.rectifying`.
 * A code without a word is shown as it is, so that a newer server stays readable.
 */
import { useI18n } from 'vue-i18n'

export function useTerm() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  return (family: string, code: string | null | undefined): string => {
    if (!code) return '—'
    const key = `${family}.${code}`
    return te(key, locale.value) ? t(key) : code
  }
}
