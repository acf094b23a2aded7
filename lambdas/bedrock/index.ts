/** Bedrock's adapter, beside the host of a function whose models are asked there. */
export { bedrockModel as bedrock } from "../../lib/aws/bedrock-model.ts";
