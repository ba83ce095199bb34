import { describe, expect, it } from 'vitest'
import { amountOf, newStep, toggled } from './policy'

const step = { ...newStep([]), triggers: [{ trigger: 'overdue', working_days: 2 }] }

describe('the editor of a ladder', () => {
  it('adds a trigger with its usual number and takes it away again', () => {
    const more = toggled(step, 'rework')
    expect(more).toEqual([{ trigger: 'overdue', working_days: 2 }, { trigger: 'rework', times: 2 }])
    expect(toggled({ ...step, triggers: more }, 'rework')).toEqual(step.triggers)
  })

  it('knows which triggers ask for a number', () => {
    expect(amountOf({ trigger: 'overdue', working_days: 3 })).toBe(3)
    expect(amountOf({ trigger: 'exposure' })).toBeNull()
  })

  it('never gives two steps the same code', () => {
    const one = newStep([])
    expect(newStep([{ ...one, code: 'step_2' }]).code).toBe('step_3')
  })
})
