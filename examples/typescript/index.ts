// $ digicert-pulumi plugin install
// $ pulumi package add digicert
// $ pulumi config set orderId 123456789
// $ pulumi preview --diff
// $ pulumi up
import * as digicert from "@pulumi/digicert";
import * as pulumi from "@pulumi/pulumi";

const leaked = new digicert.OrderRevocation("leaked", {
    orderId: new pulumi.Config().requireNumber("orderId"),
    comments: "Private key found in a public repository, incident 42.",
    revocationReason: digicert.RevocationReason.KeyCompromise,
});

export const requestId = leaked.requestId;
export const status = leaked.status;
export const revoked = leaked.revoked;
