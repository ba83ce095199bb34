/** Roles that a city gives; the platform's own role is not among them. */
export const ROLES = ['city_admin', 'office', 'unit_head', 'officer', 'liaison', 'inspector', 'grid_worker', 'supervisor', 'leader', 'province'] as const

/** How a person stands when accounts are handed out. */
export const STANDINGS = ['ready', 'has_account', 'no_phone', 'phone_twice', 'phone_unclear', 'no_post', 'left'] as const

/** Accounts of one command. */
export const MOST_HANDED = 200
