package core

import (
	"errors"
	"math/big"
	"slices"
)

// checkEdwards refuses 32 bytes that are no point of edwards25519, and points of low order, of which all zeros is one:
// under those anybody can sign. crypto/ed25519 looks at neither. Nothing here is secret, so it need not be fast or even.
func checkEdwards(encoded []byte) error {
	p, d := edwards()
	digits := slices.Clone(encoded)
	slices.Reverse(digits) // it is little-endian
	digits[0] &= 0x7f      // the sign of x, of which there are both
	y := new(big.Int).SetBytes(digits)
	if y.Cmp(p) >= 0 {
		return errors.New("the point is not written as it should be")
	}
	// The curve is -x² + y² = 1 + dx²y², so x² is (y²-1) / (dy²+1), and a square where the product of the two is one.
	one := big.NewInt(1)
	y2 := new(big.Int).Mul(y, y)
	dy2 := new(big.Int).Mul(d, y2)
	product := new(big.Int).Mul(new(big.Int).Sub(y2, one), new(big.Int).Add(dy2, one))
	if big.Jacobi(product.Mod(product, p), p) == -1 {
		return errors.New("the point is not on the curve")
	}
	// Order 1 and 2 have y² = 1, order 4 has y = 0, and what doubles to that, order 8, has dy⁴ + 2y² = 1.
	eighth := new(big.Int).Mul(dy2, y2)
	eighth.Add(eighth, y2).Add(eighth, y2).Mod(eighth, p)
	if y.Sign() == 0 || new(big.Int).Mod(y2, p).Cmp(one) == 0 || eighth.Cmp(one) == 0 {
		return errors.New("the point is of low order")
	}
	return nil
}

// edwards returns the curve's prime 2^255-19 and its d = -121665/121666.
func edwards() (p, d *big.Int) {
	p = new(big.Int).Lsh(big.NewInt(1), 255)
	p.Sub(p, big.NewInt(19))
	d = new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665))
	return p, d.Mod(d, p)
}
