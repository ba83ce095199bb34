/** Kinds of units, in the order of a city. */
export const UNIT_KINDS = ['leadership', 'office', 'department', 'company', 'street', 'town', 'community', 'village', 'grid', 'task_force'] as const
