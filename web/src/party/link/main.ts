/** The public face of a link: one problem, one answer, no account. Small, for whatever browser a chat application has. */
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { speak } from '@/api/client'
import '@/app/theme/tokens.css'
import '@/app/theme/console.css'
import '@/app/theme/field.css'
import { chooseLanguage } from '@/i18n/choose'
import en from '@/i18n/en/link.json'
import zh from '@/i18n/zh-CN/link.json'
import LinkShow from './LinkShow.vue'

const language = chooseLanguage(location.search, null, navigator.languages)
const i18n = createI18n({ legacy: false, locale: language, fallbackLocale: false, missingWarn: false, fallbackWarn: false, messages: { 'zh-CN': zh, en } })
document.documentElement.lang = language
speak(language)
createApp(LinkShow).use(i18n).mount('#app')
