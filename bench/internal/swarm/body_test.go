package swarm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBody(t *testing.T) {
	for _, size := range []int{MinBody, MinBody + 1, 100, 4000} {
		m := Mark{Publisher: 3, Counter: 1 << 40, Due: 123456789}
		body := AppendBody(nil, m, size)
		require.Len(t, body, size)
		got, _, err := markOf(body, nil)
		require.NoError(t, err)
		require.Equal(t, m, got)
		for i := range body { // every byte is checked
			was := body[i]
			if body[i]++; body[i] == 'a'+6 || body[i] == '9'+1 {
				body[i] = 'z'
			}
			_, _, err := markOf(body, nil)
			require.ErrorIs(t, err, errBody, "byte %d of %d", i, size)
			body[i] = was
		}
		_, _, err = markOf(body[:size-1], nil)
		if size == MinBody {
			require.ErrorIs(t, err, errBody)
		}
	}
}
