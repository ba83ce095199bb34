/** How often a plan is walked, in words. */
import { useI18n } from 'vue-i18n'

export interface Frequency { kind: 'workdays' | 'weekdays' | 'weekly'; days?: number[]; times?: number }

export function useOften() {
  const { t } = useI18n({ useScope: 'global' })
  return (given: unknown): string => {
    const asked = given as Frequency
    if (asked.kind === 'weekly') return t('patrol.weekly_times', { n: asked.times ?? 1 })
    if (asked.kind === 'weekdays') return t('patrol.on_days', { days: (asked.days ?? []).map((day) => t(`patrol.weekday.${day}`)).join(t('app.list_mark')) })
    return t('patrol.kind.workdays')
  }
}
