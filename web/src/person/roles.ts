/** Roles that a city gives; the platform's own role is not among them. */
export const ROLES = ['city_admin', 'office', 'unit_head', 'officer', 'liaison', 'inspector', 'grid_worker', 'supervisor', 'leader', 'province'] as const
