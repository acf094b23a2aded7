/** Reading secrets, beside the host of a function that needs one. */
import { secretReader } from "../../lib/aws/read-secret.ts";

export const secret = secretReader();
