/**
 * How moments, numbers and lengths of time read in both languages. Moments are shown in the city's time zone;
 * exact numbers are handled as text, never as floating point.
 */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Figure } from '@/api/schema'
import en from './en/format.json'
import type { Language } from './choose'
import zh from './zh-CN/format.json'

const ZONE = 'Asia/Shanghai'
const WORDS = { 'zh-CN': zh.format, en: en.format }

/** Fills `{name}` in a pattern of the locale folders. */
function fill(pattern: string, values: Record<string, string | number>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

function monthName(month: number, language: Language): string {
  return WORDS[language].months.split(' ')[month - 1] ?? String(month)
}

/** A working day of the default calendar: 09:00–12:00 and 14:00–18:00. */
export const WORKING_DAY_SECONDS = 7 * 3600

interface Parts {
  year: number
  month: number
  day: number
  hour: string
  minute: string
}

const PARTS = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

function partsOf(moment: string): Parts | null {
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(moment)
  if (plain) return { year: Number(plain[1]), month: Number(plain[2]), day: Number(plain[3]), hour: '00', minute: '00' }
  const date = new Date(moment)
  if (Number.isNaN(date.getTime())) return null
  const found = Object.fromEntries(PARTS.formatToParts(date).map((part) => [part.type, part.value]))
  return {
    year: Number(found.year),
    month: Number(found.month),
    day: Number(found.day),
    hour: found.hour ?? '00',
    minute: found.minute ?? '00',
  }
}

/** 2026年3月5日 · 5 Mar 2026 */
export function dateText(moment: string | null | undefined, language: Language): string {
  const at = moment ? partsOf(moment) : null
  if (!at) return '—'
  return fill(WORDS[language].date, { year: at.year, month: monthName(at.month, language), day: at.day })
}

/** 2026年3月5日 14:30 · 5 Mar 2026, 14:30 */
export function momentText(moment: string | null | undefined, language: Language): string {
  const at = moment ? partsOf(moment) : null
  if (!at) return '—'
  return fill(WORDS[language].moment, { date: dateText(moment, language), time: `${at.hour}:${at.minute}` })
}

/** 3月5日 14:30 · 5 Mar 14:30; the year appears when it is not the year of `now`. */
export function shortText(moment: string | null | undefined, now: string, language: Language): string {
  const at = moment ? partsOf(moment) : null
  const today = partsOf(now)
  if (!at || !today) return '—'
  const time = `${at.hour}:${at.minute}`
  const apart = dayNumber(at) - dayNumber(today)
  const words = WORDS[language]
  const near = { '-1': words.yesterday, '0': words.today, '1': words.tomorrow }[String(apart)]
  if (near) return `${near} ${time}`
  if (at.year !== today.year) return dateText(moment, language)
  return `${fill(words.day, { month: monthName(at.month, language), day: at.day })} ${time}`
}

/** 3月5日 · 5 Mar */
export function dayText(moment: string | null | undefined, language: Language): string {
  const at = moment ? partsOf(moment) : null
  return at ? fill(WORDS[language].day, { month: monthName(at.month, language), day: at.day }) : '—'
}

function dayNumber(at: Parts): number {
  return Math.round(Date.UTC(at.year, at.month - 1, at.day) / 86_400_000)
}

/** 2026-03-05: the city's day of a moment, as addresses and queries write it. */
export function dayOf(moment: string): string {
  const at = partsOf(moment)
  return at ? `${at.year}-${String(at.month).padStart(2, '0')}-${String(at.day).padStart(2, '0')}` : ''
}

/** 星期四 · Thursday */
export function weekdayText(moment: string, language: Language): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', { timeZone: ZONE, weekday: 'long' }).format(new Date(moment))
}

/** 10:24 */
export function timeText(moment: string | null | undefined): string {
  const at = moment ? partsOf(moment) : null
  return at ? `${at.hour}:${at.minute}` : '—'
}

/** 1,286; a decimal text keeps its scale. */
export function numberText(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === '') return '—'
  const [whole = '', part] = String(value).replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${String(value).startsWith('-') ? '−' : ''}${grouped}${part === undefined ? '' : `.${part}`}`
}

/** A figure at its published scale. */
export function figureText(figure: Figure | null | undefined): string {
  return figure ? numberText(figure.value) : '—'
}

/** 93.38% of a share with two decimals, half away from zero, computed in whole numbers. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return '—'
  const scaled = (BigInt(part) * 20000n + BigInt(whole)) / (BigInt(whole) * 2n)
  const text = scaled.toString().padStart(3, '0')
  return `${text.slice(0, -2)}.${text.slice(-2)}%`
}

/** Days, hours and minutes of a length of time; a day is `daySeconds` long. */
export function lengthOf(seconds: number, daySeconds: number): { days: number; hours: number; minutes: number } {
  const whole = Math.max(0, Math.floor(seconds))
  const days = Math.floor(whole / daySeconds)
  const rest = whole - days * daySeconds
  return { days, hours: Math.floor(rest / 3600), minutes: Math.floor((rest % 3600) / 60) }
}

/** 5 日 6 时; 1 时 36 分; under a minute 0 分. */
export function lengthText(seconds: number, language: Language, daySeconds = WORKING_DAY_SECONDS): string {
  const { days, hours, minutes } = lengthOf(seconds, daySeconds)
  const words = WORDS[language]
  if (days > 0) return fill(words.length_days, { days, hours })
  if (hours > 0) return fill(words.length_hours, { hours, minutes })
  return fill(words.length_minutes, { minutes })
}

/** 1.4 MB */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilo = bytes / 1024
  return kilo < 1024 ? `${kilo.toFixed(0)} kB` : `${(kilo / 1024).toFixed(1)} MB`
}

/** The formats in the language in force. */
export function useFormat() {
  const { locale } = useI18n({ useScope: 'global' })
  const language = computed(() => (locale.value === 'en' ? 'en' : 'zh-CN') as Language)
  return {
    language,
    date: (moment?: string | null) => dateText(moment, language.value),
    moment: (moment?: string | null) => momentText(moment, language.value),
    short: (moment: string | null | undefined, now: string) => shortText(moment, now, language.value),
    day: (moment?: string | null) => dayText(moment, language.value),
    weekday: (moment: string) => weekdayText(moment, language.value),
    time: timeText,
    number: numberText,
    figure: figureText,
    percent: percentText,
    length: (seconds: number, daySeconds?: number | null) => lengthText(seconds, language.value, daySeconds ?? WORKING_DAY_SECONDS),
    size: sizeText,
  }
}
