import { adminControllers, adminNeeds } from '../admin.module.ts';
import { type AdminApi, createAdminApi } from './admin-api.ts';

/** The OpenAPI 3 document of the admin API. */
export const adminApi: AdminApi = createAdminApi(adminControllers, adminNeeds);
