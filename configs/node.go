package configs

import "github.com/goccy/go-yaml/ast"

// scalarText returns a scalar as it is written. What it means is decided by the type of the setting, not by YAML: a
// name may be 007 and stays that.
func scalarText(v ast.Node) (string, bool) {
	switch v := v.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	}
	return "", false
}

// unsupported tells whether the node is one of the parts of YAML that let a short file mean a long one, or one thing
// look like another. A configuration needs none of them.
func unsupported(v ast.Node) bool {
	switch v.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType, ast.TagType:
		return true
	}
	return false
}

// kind names a node for a message that refuses it.
func kind(v ast.Node) string {
	switch v.(type) {
	case ast.MapNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	if unsupported(v) {
		return "an anchor, an alias or a tag"
	}
	return "a single value"
}
