package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxProgram is how many lines of code a program's main file has at most, comments and blank lines apart.
const maxProgram = 15

// noNames are package names that say nothing.
var noNames = []string{"util", "utils", "common", "types", "models", "helpers", "misc", "base"}

// readers are the functions of os and syscall that read the environment.
var readers = []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}

// Tree judges every Go file of a source tree, tests too, and returns what is wrong as "file:line: what", in order.
// The error means that the tree cannot be read.
func Tree(root fs.FS) ([]string, error) {
	var wrong []string
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "vendor") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		found, err := File(name, source)
		wrong = append(wrong, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("walk sources: %w", err)
	}
	return wrong, nil
}

// File judges one file by its path below the repository.
func File(name string, source []byte) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	f := judge{set: set, file: file, name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go")}
	f.place()
	if f.test {
		f.testFile()
	} else {
		f.imports()
		f.declarations()
	}
	f.environment()
	if strings.HasPrefix(name, "functions/") && !f.test {
		f.program(source)
	}
	return f.wrong, nil
}

type judge struct {
	set   *token.FileSet
	file  *ast.File
	name  string
	dir   string
	test  bool
	wrong []string
}

func (j *judge) sayf(at token.Pos, format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf("%s:%d: %s", j.name, j.set.Position(at).Line, fmt.Sprintf(format, args...)))
}

// place judges where the file lies and what its package is called.
func (j *judge) place() {
	parts := strings.Split(j.dir, "/")
	switch parts[0] {
	case "functions":
		if len(parts) != 2 {
			j.sayf(j.file.Name.Pos(), "a program is a folder right below functions/")
		}
		if j.file.Name.Name != "main" && !j.test {
			j.sayf(j.file.Name.Pos(), "functions/ holds programs; package %s belongs below shared/", j.file.Name.Name)
		}
	case "shared":
		if len(parts) < 2 || len(parts) > 3 {
			j.sayf(j.file.Name.Pos(), "below shared/ come a concept and at most one technology")
		}
		if j.file.Name.Name == "main" {
			j.sayf(j.file.Name.Pos(), "programs belong below functions/")
		}
	default:
		j.sayf(j.file.Name.Pos(), "Go lives in functions/ and shared/ only")
	}
	if slices.Contains(noNames, j.file.Name.Name) {
		j.sayf(j.file.Name.Pos(), "package %s says nothing; name what it is for", j.file.Name.Name)
	}
}

// importOf returns the local name under which the file imports path; empty where it does not.
func (j *judge) importOf(importPath string) string {
	for _, spec := range j.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && p == importPath {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(p)
		}
	}
	return ""
}

func (j *judge) imports() {
	for _, spec := range j.file.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused it already
		}
		if why := Import(Module+"/"+j.dir, to); why != "" {
			j.sayf(spec.Pos(), "imports %s: %s", below(to), why)
		}
	}
}

// declarations refuses func init: nothing happens because a package is linked.
func (j *judge) declarations() {
	for _, d := range j.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			j.sayf(f.Pos(), "func init: nothing happens because a package is linked")
		}
	}
}

// uses calls found for every pkg.Name in the file where pkg is the local name of importPath.
func (j *judge) uses(importPath string, found func(at token.Pos, name string)) {
	local := j.importOf(importPath)
	if local == "" {
		return
	}
	ast.Inspect(j.file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				found(s.Pos(), s.Sel.Name)
			}
		}
		return true
	})
}

// environment refuses reading the environment outside mains, which pass it on, and testenv. A test may pass it on to a
// program that it starts, and a TestMain may read which part it plays when that program is the test's own binary.
func (j *judge) environment() {
	if strings.HasPrefix(j.name, "functions/") || j.dir == "shared/testenv" {
		return
	}
	for _, p := range []string{"os", "syscall"} {
		j.uses(p, func(at token.Pos, name string) {
			if slices.Contains(readers, name) && !(j.test && (name == "Environ" || j.inTestMain(at))) {
				j.sayf(at, "%s.%s: only config reads the environment, through what main passes on", p, name)
			}
		})
	}
}

func (j *judge) inTestMain(at token.Pos) bool {
	return slices.ContainsFunc(j.file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Name.Name == "TestMain" && f.Pos() <= at && at < f.End()
	})
}

// testFile refuses build tags, and sleeping outside a bubble.
func (j *judge) testFile() {
	for _, group := range j.file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:build") {
				j.sayf(c.Pos(), "a test behind a build tag is a test that nobody runs")
			}
		}
	}
	if j.importOf("testing/synctest") != "" {
		return
	}
	j.uses("time", func(at token.Pos, name string) {
		if name == "Sleep" {
			j.sayf(at, "time.Sleep: wait for what you wait for, or use testing/synctest")
		}
	})
}

// program judges a main file: few lines and no decisions.
func (j *judge) program(source []byte) {
	lines := 0
	inComment := map[int]bool{}
	for _, group := range j.file.Comments {
		for line := j.set.Position(group.Pos()).Line; line <= j.set.Position(group.End()).Line; line++ {
			inComment[line] = true
		}
	}
	number := 0
	for line := range strings.SplitSeq(string(source), "\n") {
		number++
		text := strings.TrimSpace(line)
		if text != "" && (!inComment[number] || !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "/*") && !strings.HasPrefix(text, "*")) {
			lines++
		}
	}
	if lines > maxProgram {
		j.sayf(j.file.Name.Pos(), "a program of %d lines; at most %d", lines, maxProgram)
	}
	ast.Inspect(j.file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.GoStmt:
			j.sayf(n.Pos(), "a program decides nothing; move it below shared/")
		}
		return true
	})
}
