/** The twelve months of a year as weeks that begin on Monday; days outside the month are empty. */
export interface MonthDay {
  number: number
  date: string
}

export interface Month {
  number: number
  weeks: (MonthDay | null)[][]
}

export function monthsOf(year: number): Month[] {
  return Array.from({ length: 12 }, (_, index) => {
    const days = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
    const lead = (new Date(Date.UTC(year, index, 1)).getUTCDay() + 6) % 7
    const cells: (MonthDay | null)[] = Array.from({ length: lead }, () => null)
    for (let day = 1; day <= days; day += 1) {
      cells.push({ number: day, date: `${year}-${String(index + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}` })
    }
    while (cells.length % 7 !== 0) cells.push(null)
    return { number: index + 1, weeks: Array.from({ length: cells.length / 7 }, (_row, week) => cells.slice(week * 7, week * 7 + 7)) }
  })
}
