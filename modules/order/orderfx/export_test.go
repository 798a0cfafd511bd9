package orderfx

// NewForgetter and ForgetEvery are opened to the tests.
var NewForgetter = newForgetter

const ForgetEvery = forgetEvery
