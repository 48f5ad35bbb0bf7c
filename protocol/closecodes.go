package protocol

// WebSocket close codes that the server sends (spec 18.7).
const (
	CloseNormal      = 1000
	CloseGoingAway   = 1001
	CloseTooLarge    = 1009
	CloseInternal    = 1011
	CloseOverloaded  = 1013
	CloseSilent      = 4000
	CloseTooSlow     = 4001
	CloseTooFast     = 4002
	CloseNoLogin     = 4500
	CloseToken       = 4501
	CloseReplaced    = 4502
	CloseRefused     = 4503
	CloseBadProtocol = 4504
)

// Reconnect says what a client does after a close.
type Reconnect uint8

const (
	// ReconnectBackoff: by itself, with back-off (spec 18.7).
	ReconnectBackoff Reconnect = 0
	// ReconnectAfterReason: by itself, after as many milliseconds as the
	// reason text says.
	ReconnectAfterReason Reconnect = 1
	// ReconnectWhenNeeded: as soon as it has something to say.
	ReconnectWhenNeeded Reconnect = 2
	// ReconnectNever: not by itself.
	ReconnectNever Reconnect = 3
)

// CloseRow is one row of the table of close codes.
type CloseRow struct {
	Code int
	// Text is the English default of the close reason.
	Text      string
	Reconnect Reconnect
}

var closeCodes = [...]CloseRow{
	{CloseNormal, "logged out", ReconnectNever},
	{CloseGoingAway, "0", ReconnectAfterReason},
	{CloseTooLarge, "frame too large", ReconnectBackoff},
	{CloseInternal, "internal error", ReconnectBackoff},
	{CloseOverloaded, "overloaded", ReconnectBackoff},
	{CloseSilent, "silent", ReconnectBackoff},
	{CloseTooSlow, "too slow", ReconnectBackoff},
	{CloseTooFast, "too fast", ReconnectBackoff},
	{CloseNoLogin, "no login", ReconnectWhenNeeded},
	{CloseToken, "token expired or revoked", ReconnectNever},
	{CloseReplaced, "replaced or too many devices", ReconnectNever},
	{CloseRefused, "refused", ReconnectNever},
	{CloseBadProtocol, "broken protocol", ReconnectNever},
}

// CloseCodes returns the table of close codes.
func CloseCodes() []CloseRow { return append([]CloseRow(nil), closeCodes[:]...) }

// CloseRowOf returns the row of a close code. Codes that are not in the table
// are treated like CloseSilent (spec 18.7).
func CloseRowOf(code int) CloseRow {
	for _, row := range closeCodes {
		if row.Code == code {
			return row
		}
	}
	return CloseRow{Code: code, Text: "closed", Reconnect: ReconnectBackoff}
}
