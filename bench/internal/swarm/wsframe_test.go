package swarm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWSFrame(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 1<<16 - 1, 1 << 16, 1<<16 + 1} {
		payload := bytes.Repeat([]byte{7}, n)
		whole := AppendServerFrame(nil, payload)
		op, got, size, err := wsFrame(append(whole, 1, 2, 3))
		require.NoError(t, err)
		require.EqualValues(t, opBinary, op)
		require.Equal(t, len(whole), size)
		require.True(t, bytes.Equal(payload, got))
		for _, cut := range []int{0, 1, 2, 3, 9, len(whole) - 1} {
			if cut < len(whole) {
				_, _, size, err := wsFrame(whole[:cut])
				require.NoError(t, err)
				require.Zero(t, size, "%d of %d", cut, len(whole))
			}
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"masked":     {[]byte{0x82, 0x80}, errMasked},
		"fragment":   {[]byte{0x02, 0x00}, errFragment},
		"compressed": {[]byte{0xc2, 0x00}, errFragment},
		"long form":  {[]byte{0x82, 126, 0, 5}, errFrameShort},
		"huge":       {[]byte{0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0}, errFrameSize},
	} {
		_, _, _, err := wsFrame(c.b)
		require.ErrorIs(t, err, c.want, name)
	}
}

func TestClientFrameIsMasked(t *testing.T) {
	require.Equal(t, []byte{0x82, 0x82, 0, 0, 0, 0, 'h', 'i'}, appendClientFrame(nil, opBinary, []byte("hi")))
	require.Len(t, appendClientFrame(nil, opBinary, make([]byte, 200)), 2+2+4+200)
}
