package configs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

func TestPauses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]configs.Pauses{
		"":              nil,
		"  ":            nil,
		"1s":            {time.Second},
		"1s,5s , 2m":    {time.Second, 5 * time.Second, 2 * time.Minute},
		"90s, 500ms,1h": {90 * time.Second, 500 * time.Millisecond, time.Hour},
	} {
		var p configs.Pauses
		require.NoError(t, p.UnmarshalText([]byte(text)), "%q", text)
		require.Equal(t, want, p, "%q", text)
		again, err := p.MarshalText()
		require.NoError(t, err)
		var q configs.Pauses
		require.NoError(t, q.UnmarshalText(again))
		require.Equal(t, p, q)
	}
	for _, text := range []string{"1", "1s,", ",", "1s;2s", "often"} {
		p := configs.Pauses{time.Minute}
		require.ErrorContains(t, p.UnmarshalText([]byte(text)), "a list of durations", "%q", text)
		require.Equal(t, configs.Pauses{time.Minute}, p, "a refused text leaves the value")
	}
	text, err := configs.Pauses{90 * time.Second, 2 * time.Minute, time.Hour}.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "1m30s, 2m, 1h", string(text))
}

func TestDeliverySettingsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*configs.Delivery){
		func(d *configs.Delivery) { d.Timeout = 0 },
		func(d *configs.Delivery) { d.Keep = time.Minute },
		func(d *configs.Delivery) { d.MaxBacklog = 10 },
		func(d *configs.Delivery) { d.Retry = configs.Pauses{0} },
		func(d *configs.Delivery) { d.Retry = make(configs.Pauses, 21) },
	} {
		c := configs.Default()
		require.NoError(t, c.Validate())
		change(&c.Delivery)
		require.Error(t, c.Validate())
	}
	c := configs.Default()
	c.Delivery.Retry = nil
	require.NoError(t, c.Validate(), "who wants no retries may have none")
}
