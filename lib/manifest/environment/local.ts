/** The environment of this machine: never deployed, and there without a file too. */
export const LOCAL_ENVIRONMENT = "local";
