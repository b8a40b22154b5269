// Command main asks for the revocation of a CertCentral order.
//
//	$ digicert-pulumi plugin install
//	$ pulumi package add digicert
//	$ pulumi config set orderId 123456789
//	$ pulumi preview --diff
//	$ pulumi up
package main

import (
	"example.com/pulumi-digicert/sdk/go/digicert" // generated: `pulumi package add` prints its path
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		leaked, err := digicert.NewOrderRevocation(ctx, "leaked", &digicert.OrderRevocationArgs{
			OrderId:          pulumi.Int(config.RequireInt(ctx, "orderId")),
			Comments:         pulumi.String("Private key found in a public repository, incident 42."),
			RevocationReason: digicert.RevocationReasonKeyCompromise,
		})
		if err != nil {
			return err
		}
		ctx.Export("requestId", leaked.RequestId)
		ctx.Export("status", leaked.Status)
		ctx.Export("revoked", leaked.Revoked)
		return nil
	})
}
