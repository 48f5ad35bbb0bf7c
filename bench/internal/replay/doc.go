// Package replay drives real groups with recorded chat and judges what came of
// it. It owns the reading of the recording, the model of what each receiver
// must get, and the driver that plays one excerpt. The judgement is the
// harness's own: it knows nothing of the server but the protocol.
package replay
