/** What can be imported, in the order in which a city is built. */
export const IMPORT_KINDS = ['units', 'grids', 'calendar', 'checklists', 'sites', 'framework', 'feedback', 'tickets', 'results', 'tasks', 'parties'] as const
export const ACTIONS = ['created', 'changed', 'unchanged', 'refused', 'question'] as const
