/** Of the product; one number for all programs. */
export const version = '0.1.0';
