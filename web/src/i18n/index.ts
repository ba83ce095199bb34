/** Chinese first, English beside it. All sentences live in the two locale folders, a file per room;
 * the English ones are fetched by who reads them. */
import { createI18n } from 'vue-i18n'
import { speak } from '@/api/client'
import { gathered, type Words } from './gather'
import { chooseLanguage, type Language } from './choose'

export { chooseLanguage, type Language } from './choose'

const KEPT = 'yipanqi.language'

export const zh = gathered(import.meta.glob<Words>('./zh-CN/*.json', { eager: true, import: 'default' }))

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  messages: { 'zh-CN': zh, en: {} as Words },
})

/** Whether the English sentences are here. */
let english = false

export async function setLanguage(next: Language): Promise<void> {
  if (next === 'en' && !english) {
    i18n.global.setLocaleMessage('en', (await import('./english')).en)
    english = true
  }
  i18n.global.locale.value = next
  localStorage.setItem(KEPT, next)
  document.documentElement.lang = next
  speak(next)
}

/** Sentences that cannot be fetched leave Chinese in its place. */
export async function startLanguage(): Promise<void> {
  const wanted = chooseLanguage(location.search, localStorage.getItem(KEPT), navigator.languages)
  await setLanguage(wanted).catch(() => setLanguage('zh-CN'))
}
